import { Component, type ReactNode } from 'react';
import { CrashPage } from './crash-page';

/** Shows a page that says so where a part of ours has thrown, or its file couldn't be loaded. React wants a class. */
export class CrashBoundary extends Component<{ children: ReactNode }, { hasCrashed: boolean }> {
  override state = { hasCrashed: false };

  static getDerivedStateFromError(): { hasCrashed: boolean } {
    return { hasCrashed: true };
  }

  override render(): ReactNode {
    return this.state.hasCrashed ? <CrashPage /> : this.props.children;
  }
}

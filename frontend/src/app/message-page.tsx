import type { ReactNode } from 'react';
import { Brand } from '@/components/brand';

/** A page that only says something, and offers one way on. */
export function MessagePage({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col bg-surface px-6 py-6 sm:px-10">
      <header>
        <Brand />
      </header>
      <main className="m-auto flex max-w-sm flex-col items-center text-center">
        <h1 className="text-xl font-semibold tracking-tight text-ink">{title}</h1>
        <p className="mt-2 mb-6 text-sm text-ink-muted">{text}</p>
        {children}
      </main>
    </div>
  );
}

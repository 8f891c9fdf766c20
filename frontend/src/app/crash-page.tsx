import { Button } from '@/components/ui/button';
import { MessagePage } from './message-page';

/** A defect of ours. Orders and triggers live on the server and go on without this page, which is worth saying. */
export function CrashPage() {
  return (
    <MessagePage
      title="This page has stopped working"
      text="Your positions and their triggers are kept by the server and are not affected. Load the page again to go on."
    >
      <Button variant="primary" onClick={() => window.location.reload()}>
        Load again
      </Button>
    </MessagePage>
  );
}

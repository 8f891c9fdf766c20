import { Link } from 'react-router';
import { MessagePage } from './message-page';

export function NotFoundPage() {
  return (
    <MessagePage title="There is no such page" text="The address may be mistyped, or the page has moved.">
      <Link to="/" data-testid="not-found-home" className="font-medium text-accent hover:underline">
        Go to the trading desk
      </Link>
    </MessagePage>
  );
}

import { MailCheck } from 'lucide-react';
import { Link } from 'react-router';
import { useSession } from '@/lib/stores/session';

/** Above the desk for as long as orders would be refused for it. */
export function VerifyBanner() {
  const email = useSession((state) => (state.needsVerification ? state.email : null));
  if (email === null) return null;
  return (
    <div
      role="status"
      data-testid="verify-banner"
      className="flex items-center gap-3 border-b border-line bg-warn-soft px-4 py-2 text-sm text-warn"
    >
      <MailCheck aria-hidden className="size-4 shrink-0" />
      <p className="min-w-0 flex-1">
        Confirm your e-mail address to open trades. <span className="max-sm:hidden">We have mailed a code to {email}.</span>
      </p>
      <Link to="/verify-email" className="shrink-0 font-semibold underline underline-offset-2" data-testid="verify-banner-link">
        Enter the code
      </Link>
    </div>
  );
}

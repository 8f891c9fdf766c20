import { useNavigate } from 'react-router';
import { toast } from 'sonner';
import { refreshSession } from '@/lib/session/refresh';
import { tellTabs } from '@/lib/session/tabs';
import { sessionStore, useSession } from '@/lib/stores/session';
import { VerifyEmailStep } from './verify-email-step';
import type { SignInHints } from './sign-in-page';

/** For who is signed in and has put the confirmation off. */
export function VerifyEmailPage() {
  const navigate = useNavigate();
  const email = useSession((state) => state.email) ?? '';
  const goOn = async (message: string) => {
    const outcome = await refreshSession();
    if (outcome === 'ended') {
      // Confirming has taken the account from somebody else, and ended all its sessions, this one too.
      sessionStore.getState().end();
      const hints: SignInHints = { notice: message, email };
      await navigate('/signin', { state: hints });
      return;
    }
    tellTabs('signed-in');
    toast.success('Your e-mail address is confirmed', { description: 'Trading is open.' });
    await navigate('/', { replace: true });
  };
  return <VerifyEmailStep email={email} onVerified={goOn} onBack={() => void navigate('/')} />;
}

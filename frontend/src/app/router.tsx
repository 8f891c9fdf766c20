import { Navigate, Outlet, createBrowserRouter, useLocation } from 'react-router';
import { CallbackPage } from '@/features/auth/callback-page';
import { ForgotPasswordPage } from '@/features/auth/forgot-password-page';
import { ResetPasswordPage } from '@/features/auth/reset-password-page';
import { SignInPage } from '@/features/auth/sign-in-page';
import { SignUpPage } from '@/features/auth/sign-up-page';
import { VerifyEmailPage } from '@/features/auth/verify-email-page';
import { useSession } from '@/lib/stores/session';
import { CrashPage } from './crash-page';
import { NotFoundPage } from './not-found-page';
import { TradingPage } from './trading-page';

export const router = createBrowserRouter([
  {
    errorElement: <CrashPage />,
    children: [
      {
        element: <SignedInOnly />,
        children: [
          { path: '/', element: <TradingPage /> },
          { path: '/verify-email', element: <VerifyEmailPage /> },
        ],
      },
      {
        element: <SignedOutOnly />,
        children: [
          { path: '/signin', element: <SignInPage /> },
          { path: '/signup', element: <SignUpPage /> },
          { path: '/forgot-password', element: <ForgotPasswordPage /> },
          { path: '/reset-password', element: <ResetPasswordPage /> },
        ],
      },
      { path: '/auth/callback', element: <CallbackPage /> },
      { path: '*', element: <NotFoundPage /> },
    ],
  },
]);

interface Origin {
  /** The page that was asked for before it turned out that one has to sign in. */
  from?: string;
}

function SignedInOnly() {
  const isSignedIn = useSession((state) => state.token !== null);
  const { pathname } = useLocation();
  return isSignedIn ? <Outlet /> : <Navigate to="/signin" replace state={{ from: pathname } satisfies Origin} />;
}

function SignedOutOnly() {
  const isSignedIn = useSession((state) => state.token !== null);
  const origin = useLocation().state as Origin | null;
  return isSignedIn ? <Navigate to={origin?.from ?? '/'} replace /> : <Outlet />;
}

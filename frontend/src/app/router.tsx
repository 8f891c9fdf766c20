import { Navigate, Outlet, createBrowserRouter, useLocation } from 'react-router';
import { CallbackPage } from '@/features/auth/callback-page';
import { ForgotPasswordPage } from '@/features/auth/forgot-password-page';
import { ResetPasswordPage } from '@/features/auth/reset-password-page';
import { SignInPage } from '@/features/auth/sign-in-page';
import { SignUpPage } from '@/features/auth/sign-up-page';
import { VerifyEmailPage } from '@/features/auth/verify-email-page';
import { ActivitySection } from '@/features/settings/activity-section';
import { ApiKeysSection } from '@/features/settings/api-keys-section';
import { PasswordSection } from '@/features/settings/password-section';
import { ProfileSection } from '@/features/settings/profile-section';
import { ProvidersSection } from '@/features/settings/providers-section';
import { SecondFactorSection } from '@/features/settings/second-factor-section';
import { SessionsSection } from '@/features/settings/sessions-section';
import { useSession } from '@/lib/stores/session';
import { AccountLayout } from './account-layout';
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
          {
            path: '/account',
            element: <AccountLayout />,
            children: [
              { index: true, element: <ProfileSection /> },
              { path: 'security', element: <SecuritySections /> },
              { path: 'sessions', element: <SessionsSection /> },
              { path: 'keys', element: <ApiKeysSection /> },
              { path: 'activity', element: <ActivitySection /> },
            ],
          },
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

function SecuritySections() {
  return (
    <>
      <PasswordSection />
      <SecondFactorSection />
      <ProvidersSection />
    </>
  );
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

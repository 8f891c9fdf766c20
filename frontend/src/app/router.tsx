import { Suspense } from 'react';
import { BrowserRouter, Navigate, Outlet, Route, Routes, useLocation } from 'react-router';
import { useSession } from '@/lib/stores/session';
import { CrashBoundary } from './crash-boundary';
import { NotFoundPage } from './not-found-page';
import * as pages from './pages';
import { Splash } from './splash';
import { TradingPage } from './trading-page';

/**
 * The desk's addresses. The trading page comes with the first script, as most come for it; all others are loaded when
 * they are gone to. Declared as elements: the router's other way, with loaders and actions, is 19 kB more to load.
 */
export function Router() {
  return (
    <BrowserRouter>
      <CrashBoundary>
        <Suspense fallback={<Splash />}>
          <Routes>
            <Route element={<SignedInOnly />}>
              <Route path="/" element={<TradingPage />} />
              <Route path="/verify-email" element={<pages.VerifyEmailPage />} />
              <Route path="/account" element={<pages.AccountLayout />}>
                <Route index element={<pages.ProfilePage />} />
                <Route path="security" element={<pages.SecurityPage />} />
                <Route path="sessions" element={<pages.SessionsPage />} />
                <Route path="keys" element={<pages.ApiKeysPage />} />
                <Route path="activity" element={<pages.ActivityPage />} />
              </Route>
              <Route path="/ops" element={<pages.OpsLayout />}>
                <Route index element={<pages.QueuesPage />} />
                <Route path="system" element={<pages.SystemPage />} />
                <Route path="risk" element={<pages.RiskPage />} />
                <Route path="limits" element={<pages.LimitsPage />} />
                <Route path="accounts" element={<pages.AccountsPage />} />
                <Route path="accounts/:userId" element={<pages.AccountPage />} />
                <Route path="record" element={<pages.RecordPage />} />
              </Route>
            </Route>
            <Route element={<SignedOutOnly />}>
              <Route path="/signin" element={<pages.SignInPage />} />
              <Route path="/signup" element={<pages.SignUpPage />} />
              <Route path="/forgot-password" element={<pages.ForgotPasswordPage />} />
              <Route path="/reset-password" element={<pages.ResetPasswordPage />} />
            </Route>
            <Route path="/auth/callback" element={<pages.CallbackPage />} />
            <Route path="*" element={<NotFoundPage />} />
          </Routes>
        </Suspense>
      </CrashBoundary>
    </BrowserRouter>
  );
}

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

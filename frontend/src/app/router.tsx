import { Navigate, Outlet, createBrowserRouter } from 'react-router';
import { SignInPage } from '@/features/auth/sign-in-page';
import { SignUpPage } from '@/features/auth/sign-up-page';
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
        children: [{ path: '/', element: <TradingPage /> }],
      },
      {
        element: <SignedOutOnly />,
        children: [
          { path: '/signin', element: <SignInPage /> },
          { path: '/signup', element: <SignUpPage /> },
        ],
      },
      { path: '*', element: <NotFoundPage /> },
    ],
  },
]);

function SignedInOnly() {
  const isSignedIn = useSession((state) => state.token !== null);
  return isSignedIn ? <Outlet /> : <Navigate to="/signin" replace />;
}

function SignedOutOnly() {
  const isSignedIn = useSession((state) => state.token !== null);
  return isSignedIn ? <Navigate to="/" replace /> : <Outlet />;
}

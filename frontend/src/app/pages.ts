import { lazy } from 'react';

/** The pages that are loaded when they are gone to. */
export const SignInPage = lazy(async () => ({ default: (await import('@/features/auth/sign-in-page')).SignInPage }));
export const SignUpPage = lazy(async () => ({ default: (await import('@/features/auth/sign-up-page')).SignUpPage }));
export const ForgotPasswordPage = lazy(async () => ({
  default: (await import('@/features/auth/forgot-password-page')).ForgotPasswordPage,
}));
export const ResetPasswordPage = lazy(async () => ({
  default: (await import('@/features/auth/reset-password-page')).ResetPasswordPage,
}));
export const VerifyEmailPage = lazy(async () => ({
  default: (await import('@/features/auth/verify-email-page')).VerifyEmailPage,
}));
export const CallbackPage = lazy(async () => ({ default: (await import('@/features/auth/callback-page')).CallbackPage }));

export const AccountLayout = lazy(async () => ({ default: (await import('./account-layout')).AccountLayout }));
export const ProfilePage = lazy(async () => ({
  default: (await import('@/features/settings/profile-section')).ProfileSection,
}));
export const SecurityPage = lazy(async () => ({ default: (await import('./security-page')).SecurityPage }));
export const SessionsPage = lazy(async () => ({
  default: (await import('@/features/settings/sessions-section')).SessionsSection,
}));
export const ApiKeysPage = lazy(async () => ({
  default: (await import('@/features/settings/api-keys-section')).ApiKeysSection,
}));
export const OpsLayout = lazy(async () => ({ default: (await import('./ops-layout')).OpsLayout }));
export const QueuesPage = lazy(async () => ({ default: (await import('@/features/ops/queues-page')).QueuesPage }));
export const SystemPage = lazy(async () => ({ default: (await import('@/features/ops/system-page')).SystemPage }));
export const RiskPage = lazy(async () => ({ default: (await import('@/features/ops/risk-page')).RiskPage }));
export const LimitsPage = lazy(async () => ({ default: (await import('@/features/ops/limits-page')).LimitsPage }));
export const AccountsPage = lazy(async () => ({ default: (await import('@/features/ops/accounts-page')).AccountsPage }));
export const AccountPage = lazy(async () => ({ default: (await import('@/features/ops/account-page')).AccountPage }));
export const RecordPage = lazy(async () => ({ default: (await import('@/features/ops/record-page')).RecordPage }));

export const ActivityPage = lazy(async () => ({
  default: (await import('@/features/settings/activity-section')).ActivitySection,
}));

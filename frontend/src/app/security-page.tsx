import { PasswordSection } from '@/features/settings/password-section';
import { ProvidersSection } from '@/features/settings/providers-section';
import { SecondFactorSection } from '@/features/settings/second-factor-section';

/** What guards the account. */
export function SecurityPage() {
  return (
    <>
      <PasswordSection />
      <SecondFactorSection />
      <ProvidersSection />
    </>
  );
}

import type { ReactNode } from 'react';
import { Brand } from '@/components/brand';
import { CandleArt } from './candle-art';

interface AuthLayoutProps {
  title: string;
  subtitle: ReactNode;
  children: ReactNode;
}

export function AuthLayout({ title, subtitle, children }: AuthLayoutProps) {
  return (
    <div className="grid min-h-dvh bg-surface lg:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)]">
      <main className="flex flex-col px-6 py-6 sm:px-10">
        <Brand />
        <div className="m-auto w-full max-w-88 py-10">
          <h1 className="text-xl font-semibold tracking-tight text-ink">{title}</h1>
          <p className="mt-1 mb-7 text-sm text-ink-muted">{subtitle}</p>
          {children}
        </div>
      </main>
      <aside className="relative hidden overflow-hidden border-l border-line bg-canvas lg:flex lg:flex-col lg:justify-center">
        <CandleArt className="w-full" />
        <div className="max-w-xl px-12 pt-10">
          <p className="text-2xl font-semibold tracking-tight text-balance text-ink">
            Long or short on Bitcoin, Ether and Solana, trade by trade.
          </p>
          <p className="mt-3 text-sm text-ink-muted">
            Leverage up to 100x on demo money. Take profit, stop loss and liquidation act on the exact trade that touches
            them, and every figure on the page is counted in whole cents.
          </p>
        </div>
      </aside>
    </div>
  );
}

import { ArrowDownRight, ArrowUpRight } from 'lucide-react';
import { toneOf } from '@/components/signed-usd';
import { cn } from '@/lib/cn';
import { formatPrice, formatSignedPercent } from '@/lib/money';
import { useDayChange } from './use-day-change';

/** The move of the last 24 hours in percent; its arrow says the direction, its colour says it again. */
export function DayChange({ symbol, isCompact = false }: { symbol: string; isCompact?: boolean }) {
  const change = useDayChange(symbol);
  if (!change) return <span className="text-2xs leading-4 text-ink-faint">–</span>;
  const { changeRaw, openRaw, highRaw, lowRaw } = change;
  const Arrow = changeRaw < 0 ? ArrowDownRight : ArrowUpRight;
  return (
    <span
      data-testid={`asset-change-${symbol}`}
      data-raw={changeRaw}
      title={`24 h: low ${formatPrice(lowRaw)}, high ${formatPrice(highRaw)}`}
      className={cn('inline-flex items-center text-2xs leading-4 font-medium', toneOf(changeRaw))}
    >
      {!isCompact && changeRaw !== 0 && <Arrow aria-hidden className="size-3" />}
      {formatSignedPercent(changeRaw, openRaw)}
    </span>
  );
}

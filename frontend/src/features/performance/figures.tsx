import { SignedUsd } from '@/components/signed-usd';
import type { PerformanceAnswer } from '@/lib/api/types';
import { formatBps, formatFactor, formatUsd } from '@/lib/money';
import { formatDuration } from '@/lib/time';
import { FigureCard } from './figure-card';

const NONE = <span className="text-ink-faint">–</span>;

/** The figures that traders judge themselves by, each with what it means. */
export function Figures({ performance }: { performance: PerformanceAnswer }) {
  const { total } = performance;
  return (
    <div className="grid grid-cols-2 content-start gap-1.5 @md:grid-cols-3">
      <FigureCard
        label="Net result"
        explanation="What your closed orders brought, after every fee they paid."
        testId="figure-net"
        more={`${formatUsd(total.pnl)} before fees`}
      >
        <SignedUsd cents={total.net} />
      </FigureCard>
      <FigureCard
        label="Win rate"
        explanation="How many of your closed orders brought something after fees. A part closed of a position counts by itself."
        testId="figure-win-rate"
        more={`${total.won} won, ${total.lost} lost`}
      >
        {total.winRateBps === null ? NONE : <span data-bps={total.winRateBps}>{formatBps(total.winRateBps)}</span>}
      </FigureCard>
      <FigureCard
        label="Profit factor"
        explanation="What the winners brought for each dollar that the losers cost. Above 1 you gain. Without a loss there is none."
        testId="figure-profit-factor"
        more={`${formatUsd(total.grossProfit)} to ${formatUsd(total.grossLoss)}`}
      >
        {total.profitFactorBps === null ? NONE : <span data-bps={total.profitFactorBps}>{formatFactor(total.profitFactorBps)}</span>}
      </FigureCard>
      <Drawdown performance={performance} />
      <FigureCard
        label="Fees paid"
        explanation="All fees of this time: of opening, added margin and closing, of positions that are still open too."
        testId="figure-fees"
      >
        <span data-cents={performance.feesPaid}>{formatUsd(performance.feesPaid)}</span>
      </FigureCard>
      <FigureCard
        label="Trades"
        explanation="How many orders were closed, and how long they were open on average."
        testId="figure-trades"
        more={total.averageHoldingMs === null ? undefined : `${formatDuration(total.averageHoldingMs)} on average`}
      >
        {total.trades}
      </FigureCard>
      <FigureCard label="Average win" explanation="What an order that won brought on average, after fees." testId="figure-average-win" more={<Best cents={total.best} />}>
        {total.averageWin === null ? NONE : <SignedUsd cents={total.averageWin} />}
      </FigureCard>
      <FigureCard label="Average loss" explanation="What an order that lost cost on average, with fees." testId="figure-average-loss" more={<Worst cents={total.worst} />}>
        {total.averageLoss === null ? NONE : <SignedUsd cents={-total.averageLoss} />}
      </FigureCard>
      <Streaks streaks={performance.streaks} />
    </div>
  );
}

function Drawdown({ performance: { maxDrawdown, maxDrawdownBps } }: { performance: PerformanceAnswer }) {
  return (
    <FigureCard
      label="Max drawdown"
      explanation="The deepest fall of your realised equity below the highest it had been, and the largest share of such a height that was lost. Deposits and resets count anew."
      testId="figure-drawdown"
      more={maxDrawdownBps === null ? undefined : `${formatBps(maxDrawdownBps)} of the peak`}
    >
      <span data-cents={maxDrawdown}>{formatUsd(maxDrawdown)}</span>
    </FigureCard>
  );
}

function Streaks({ streaks }: Pick<PerformanceAnswer, 'streaks'>) {
  const { current } = streaks;
  return (
    <FigureCard
      label="Streak"
      explanation="How many of your newest orders in a row won or lost, and the longest that ever did in this time."
      testId="figure-streak"
      more={`longest ${streaks.longestWon} won, ${streaks.longestLost} lost`}
    >
      {current === 0 ? NONE : `${Math.abs(current)} ${current > 0 ? 'won' : 'lost'}`}
    </FigureCard>
  );
}

function Best({ cents }: { cents: number | null }) {
  return cents === null ? null : <>best {formatUsd(cents)}</>;
}

function Worst({ cents }: { cents: number | null }) {
  return cents === null ? null : <>worst {formatUsd(cents)}</>;
}

/** Open, close, low and high of each candle drawn, in units of the picture's height from its foot. */
const CANDLES = [
  [22, 30, 18, 33], [30, 27, 24, 34], [27, 36, 25, 40], [36, 33, 29, 38], [33, 41, 31, 46], [41, 38, 35, 45],
  [38, 34, 30, 40], [34, 43, 32, 47], [43, 52, 41, 55], [52, 48, 45, 56], [48, 57, 46, 60], [57, 54, 50, 62],
  [54, 49, 46, 57], [49, 58, 47, 61], [58, 66, 55, 70], [66, 62, 58, 69], [62, 71, 60, 76], [71, 68, 64, 74],
  [68, 77, 66, 82], [77, 73, 70, 80],
] as const;

const STEP = 12;

/** A quiet drawing beside the sign-in form. No data: decoration, hidden from screen readers. */
export function CandleArt({ className }: { className?: string }) {
  return (
    <svg aria-hidden viewBox={`0 0 ${CANDLES.length * STEP} 90`} className={className}>
      {CANDLES.map(([open, close, low, high], index) => {
        const x = index * STEP + STEP / 2;
        return (
          <g key={x} className={close > open ? 'text-long' : 'text-short'} opacity={0.15 + (index / CANDLES.length) * 0.5}>
            <line x1={x} x2={x} y1={90 - high} y2={90 - low} stroke="currentColor" strokeWidth={0.6} />
            <rect
              x={x - 3}
              y={90 - Math.max(open, close)}
              width={6}
              height={Math.abs(close - open)}
              rx={0.8}
              fill="currentColor"
            />
          </g>
        );
      })}
    </svg>
  );
}

import { Badge } from '@/components/ui/badge';
import type { Side } from '@/lib/api/types';
import { sideWord } from '@/lib/close-reasons';

interface PositionLabelProps {
  asset: string;
  side: Side;
  leverage: number;
}

/** "BTC  Long 10x": how positions are named in both tables. */
export function PositionLabel({ asset, side, leverage }: PositionLabelProps) {
  return (
    <span className="inline-flex items-center gap-2 align-middle">
      <img src={`/assets-img/${asset.toLowerCase()}.svg`} alt="" className="size-4.5" />
      <span className="font-semibold text-ink">{asset}</span>
      <Badge tone={side === 'buy' ? 'long' : 'short'} className="capitalize">
        {sideWord(side)} {leverage}x
      </Badge>
    </span>
  );
}

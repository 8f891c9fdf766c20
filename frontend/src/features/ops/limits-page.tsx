import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Card, CardWait, Row, Rows } from '@/components/card';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { formatUsd } from '@/lib/money';
import { type AssetLimits, LIVE_MS, fetchLimits, opsKeys } from './api';
import { LimitsDialog } from './limits-dialog';

export function LimitsPage() {
  const limits = useQuery({ queryKey: opsKeys.limits, queryFn: ({ signal }) => fetchLimits(signal), refetchInterval: LIVE_MS });
  const [edited, setEdited] = useState<AssetLimits | null>(null);
  return (
    <Card
      title="Limits"
      description="What new positions are held to, at once. Whoever has a position may always change its triggers, add margin and close it."
      testId="limits"
    >
      {limits.data ? (
        <Rows label="Assets">
          {limits.data.limits.map((one) => (
            <Row
              key={one.symbol}
              testId={`limits-${one.symbol}`}
              title={
                <>
                  {one.symbol}
                  {one.closeOnly && <Badge tone="warn">Close only</Badge>}
                </>
              }
              action={
                <Button size="sm" data-testid={`limits-change-${one.symbol}`} onClick={() => setEdited(one)}>
                  Change
                </Button>
              }
            >
              {wordsOf(one)}
            </Row>
          ))}
        </Rows>
      ) : (
        <CardWait query={limits} what="the limits" />
      )}
      {edited && <LimitsDialog limits={edited} onClose={() => setEdited(null)} />}
    </Card>
  );
}

function wordsOf({ positionMax, exposureMax, leverageMax }: AssetLimits): string {
  const words = [
    positionMax !== null && `positions up to ${formatUsd(positionMax)}`,
    exposureMax !== null && `longs less shorts up to ${formatUsd(exposureMax)}`,
    leverageMax !== null && `leverage up to ${leverageMax}x`,
  ].filter((one) => one !== false);
  return words.length > 0 ? words.join(' · ') : 'No limits beyond the terms';
}

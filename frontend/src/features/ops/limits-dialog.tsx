import { useState } from 'react';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Switch } from '@/components/ui/switch';
import { parseUsd } from '@/lib/money';
import { type AssetLimits, setLimits } from './api';
import { ReasonDialog } from './reason-dialog';

/** What was typed: empty for no limit. Null is what can't be understood. */
function centsOf(text: string): number | null | undefined {
  return text.trim() === '' ? undefined : parseUsd(text);
}

function usdText(cents: number | null): string {
  return cents === null ? '' : (cents / 100).toFixed(2);
}

/** All limits of an asset, changed together. */
export function LimitsDialog({ limits, onClose }: { limits: AssetLimits; onClose: () => void }) {
  const [isCloseOnly, setCloseOnly] = useState(limits.closeOnly);
  const [position, setPosition] = useState(usdText(limits.positionMax));
  const [exposure, setExposure] = useState(usdText(limits.exposureMax));
  const [leverage, setLeverage] = useState(limits.leverageMax === null ? '' : String(limits.leverageMax));

  const positionMax = centsOf(position);
  const exposureMax = centsOf(exposure);
  const leverageMax = leverage.trim() === '' ? undefined : /^\d{1,3}$/.test(leverage.trim()) ? Number(leverage) : null;
  const isReady = positionMax !== null && exposureMax !== null && leverageMax !== null;
  const next: AssetLimits = {
    symbol: limits.symbol,
    closeOnly: isCloseOnly,
    positionMax: positionMax ?? null,
    exposureMax: exposureMax ?? null,
    leverageMax: leverageMax ?? null,
  };
  return (
    <ReasonDialog
      title={`Limits of ${limits.symbol}`}
      description="Traders are held to them from the moment you are told that it is done."
      submitLabel="Set the limits"
      done={`The limits of ${limits.symbol} are in force`}
      isGrave={isCloseOnly && !limits.closeOnly}
      isReady={isReady}
      send={(reason) => setLimits(next, reason)}
      onClose={onClose}
    >
      <div className="flex items-center justify-between gap-4 text-sm text-ink">
        <span>Close only: nothing new is opened</span>
        <Switch label="Close only" checked={isCloseOnly} onChange={setCloseOnly} testId="limits-close-only" />
      </div>
      <Usd label="Largest position, USD" testId="limits-position" text={position} isWrong={positionMax === null} onChange={setPosition} />
      <Usd label="Longs less shorts, USD" testId="limits-exposure" text={exposure} isWrong={exposureMax === null} onChange={setExposure} />
      <Usd label="Highest leverage" testId="limits-leverage" text={leverage} isWrong={leverageMax === null} onChange={setLeverage} />
    </ReasonDialog>
  );
}

interface UsdProps {
  label: string;
  testId: string;
  text: string;
  isWrong: boolean;
  onChange: (text: string) => void;
}

function Usd({ label, testId, text, isWrong, onChange }: UsdProps) {
  return (
    <Field label={label} error={isWrong ? 'A number, or nothing for no limit' : undefined}>
      {(control) => (
        <Input
          {...control}
          data-testid={testId}
          inputMode="decimal"
          placeholder="No limit"
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

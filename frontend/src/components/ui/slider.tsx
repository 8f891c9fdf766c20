import { Slider as Radix } from 'radix-ui';

interface SliderProps {
  label: string;
  value: number;
  min: number;
  max: number;
  step?: number;
  onChange: (value: number) => void;
  /** The value in words, for who hears it. */
  valueText?: string;
  testId?: string;
}

/** One value of a range: dragged, pressed anywhere on the track, or moved by arrow keys. */
export function Slider({ label, value, min, max, step = 1, onChange, valueText, testId }: SliderProps) {
  return (
    <Radix.Root
      value={[value]}
      min={min}
      max={max}
      step={step}
      onValueChange={([next]) => next !== undefined && onChange(next)}
      className="relative flex h-6 w-full touch-none items-center select-none"
    >
      <Radix.Track className="relative h-1 grow rounded-full bg-line-strong">
        <Radix.Range className="absolute h-full rounded-full bg-accent" />
      </Radix.Track>
      <Radix.Thumb
        aria-label={label}
        aria-valuetext={valueText}
        data-testid={testId}
        className="block size-4.5 rounded-full border-2 border-accent bg-surface shadow transition-transform hover:scale-110"
      />
    </Radix.Root>
  );
}

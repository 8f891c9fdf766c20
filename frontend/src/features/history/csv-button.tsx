import { Download, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { toast } from 'sonner';
import { Button } from '@/components/ui/button';
import { describeError } from '@/lib/api/errors';
import { downloadCsv } from './csv-download';
import type { Filters } from './filters';

/** All that match as a file, with how many have come while it is under way; pressed again it stops. */
export function CsvButton({ filters }: { filters: Filters }) {
  const [count, setCount] = useState<number | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const stop = () => running.current?.abort();
  const start = async () => {
    const controller = new AbortController();
    running.current = controller;
    setCount(0);
    try {
      const saved = await downloadCsv(filters, Date.now(), controller.signal, setCount);
      tell(saved.orders, saved.isTruncated);
    } catch (error) {
      if (!controller.signal.aborted) toast.error('The file couldn’t be made', { description: describeError(error) });
    } finally {
      running.current = null;
      setCount(null);
    }
  };

  return (
    <Button
      size="sm"
      data-testid="history-csv"
      aria-busy={count !== null}
      onClick={() => (count === null ? void start() : stop())}
    >
      {count === null ? <Download aria-hidden className="size-3.5" /> : <X aria-hidden className="size-3.5" />}
      {count === null ? 'CSV' : `${count.toLocaleString('en-US')} rows · Stop`}
      {count === null && <span className="sr-only">: download what is listed here, all pages of it</span>}
    </Button>
  );
}

function tell(orders: number, isTruncated: boolean): void {
  const saved = `${orders.toLocaleString('en-US')} ${orders === 1 ? 'order' : 'orders'} saved`;
  if (isTruncated) {
    toast.warning(saved, { description: 'There are more than fit into one file: these are the newest. Narrow the dates for the rest.' });
  } else {
    toast.success(saved);
  }
}

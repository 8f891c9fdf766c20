import { useState } from 'react';
import { Dialog } from '@/components/ui/dialog';
import { Segmented } from '@/components/ui/segmented';
import type { Order } from '@/lib/api/types';
import { sideWord } from '@/lib/close-reasons';
import { formatPrice } from '@/lib/money';
import { useAsset } from '@/lib/queries';
import { AddMarginForm } from './add-margin-form';
import { PartialCloseForm } from './partial-close-form';

type Deed = 'partial' | 'margin';

const DEEDS: readonly { value: Deed; label: string; testId: string }[] = [
  { value: 'partial', label: 'Close a part', testId: 'manage-partial' },
  { value: 'margin', label: 'Add margin', testId: 'manage-margin' },
];

/** What can be done with a position besides closing it whole. */
export default function ManageDialog({ order, onClose }: { order: Order; onClose: () => void }) {
  const [deed, setDeed] = useState<Deed>('partial');
  const asset = useAsset(order.asset);
  return (
    <Dialog
      isOpen
      onClose={onClose}
      testId="manage-position"
      title={`${order.asset} ${sideWord(order.type)} ${order.leverage}x`}
      description={`Opened at ${formatPrice(order.openPrice)}. Prices move on: the server decides by the one it has when it is asked.`}
    >
      <Segmented label="What to do" value={deed} options={DEEDS} onChange={setDeed} className="mb-4" itemClassName="flex-1" />
      {asset && deed === 'partial' && <PartialCloseForm order={order} asset={asset} onDone={onClose} />}
      {asset && deed === 'margin' && <AddMarginForm order={order} asset={asset} onDone={onClose} />}
    </Dialog>
  );
}

import type { ReactNode } from 'react';
import type { Me } from '@/lib/api/types';
import { useMe } from '@/lib/queries';
import { Card, CardWait } from '@/components/card';

/** A card's content as soon as the account is known; what a card shows meanwhile is the same for all. */
export function MeCard({ title, children }: { title: string; children: (me: Me) => ReactNode }) {
  const me = useMe();
  if (me.data) return children(me.data);
  return (
    <Card title={title}>
      <CardWait query={me} what="your account" />
    </Card>
  );
}

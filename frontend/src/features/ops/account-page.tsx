import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useParams } from 'react-router';
import { Card, CardWait, Row, Rows } from '@/components/card';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Figure, FigureList } from '@/components/ui/figure-list';
import { formatPrice, formatUsd } from '@/lib/money';
import { formatDateTime } from '@/lib/time';
import { type AccountDeed, AccountDialog } from './account-dialog';
import { LIVE_MS, fetchAccount, fetchEvents, opsKeys } from './api';
import { Record } from './record';

/** One account as it stands, what happened to it, and what operators did. */
export function AccountPage() {
  const { userId = '' } = useParams();
  const account = useQuery({
    queryKey: opsKeys.account(userId),
    queryFn: ({ signal }) => fetchAccount(userId, signal),
    refetchInterval: LIVE_MS,
  });
  const [deed, setDeed] = useState<AccountDeed | null>(null);
  if (!account.data) {
    return (
      <Card title="Account">
        <CardWait query={account} what="the account" />
      </Card>
    );
  }
  const { account: row, balance, orders } = account.data;
  return (
    <>
      <Card
        title={row.email}
        testId="account"
        description={row.haltedSince !== null && <Badge tone="warn">Halted since {formatDateTime(row.haltedSince)} UTC</Badge>}
        action={
          <>
            <Button data-testid="account-halt" onClick={() => setDeed(row.haltedSince === null ? 'halt' : 'resume')}>
              {row.haltedSince === null ? 'Halt' : 'Resume'}
            </Button>
            <Button data-testid="account-adjust" onClick={() => setDeed('adjust')}>
              Adjust the balance
            </Button>
            <Button data-testid="account-reset" onClick={() => setDeed('reset')}>
              Start over
            </Button>
          </>
        }
      >
        <div className="border-t border-line px-5 py-4 sm:px-6">
          <FigureList>
            <Figure label="Id">{row.userId}</Figure>
            <Figure label="Balance" testId="account-balance">
              {formatUsd(balance.cents)}
            </Figure>
            <Figure label="Open positions">{orders.length}</Figure>
            <Figure label="Role">{row.role}</Figure>
            <Figure label="Member since">{formatDateTime(row.createdAt)} UTC</Figure>
          </FigureList>
        </div>
        {orders.length > 0 && (
          <Rows label="Open positions">
            {orders.map((order) => (
              <Row
                key={order.orderId}
                testId="account-position"
                title={`${order.asset} ${order.type === 'buy' ? 'long' : 'short'} ${order.leverage}x`}
                action={<span className="text-sm text-ink">{formatUsd(order.margin)}</span>}
              >
                from {formatPrice(order.openPrice)}, liquidation {formatPrice(order.liquidationPrice)}
              </Row>
            ))}
          </Rows>
        )}
      </Card>
      <Events userId={userId} />
      <Record subject={`account ${userId}`} />
      {deed && <AccountDialog deed={deed} account={row} onClose={() => setDeed(null)} />}
    </>
  );
}

function Events({ userId }: { userId: string }) {
  const events = useQuery({ queryKey: opsKeys.events(userId), queryFn: ({ signal }) => fetchEvents(userId, signal), refetchInterval: LIVE_MS });
  return (
    <Card title="What happened" description="Step by step, newest first, as the order state told it." testId="account-events">
      {events.data ? (
        <Rows label="Events">
          {events.data.events.map((event) => (
            <Row
              key={event.seq}
              testId="account-event"
              title={`#${event.seq} ${event.kind.replaceAll('_', ' ')}`}
              action={<span className="text-sm text-ink">{formatUsd(event.balance)}</span>}
            >
              {formatDateTime(event.at)} UTC
              {event.fields['order_id'] !== undefined && ` · order ${event.fields['order_id']}`}
              {event.fields['trace'] !== undefined && ` · request ${event.fields['trace']}`}
            </Row>
          ))}
        </Rows>
      ) : (
        <CardWait query={events} what="the events" />
      )}
    </Card>
  );
}

import { useQuery } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { Link } from 'react-router';
import { Card, CardWait, Row, Rows } from '@/components/card';
import { TimeAgo } from '@/components/time-ago';
import { Badge } from '@/components/ui/badge';
import { Input } from '@/components/ui/input';
import { PanelState } from '@/components/ui/panel-state';
import { formatUsd } from '@/lib/money';
import { findAccounts, opsKeys } from './api';

export function AccountsPage() {
  const [words, setWords] = useState('');
  const asked = useDeferredValue(words.trim());
  const accounts = useQuery({
    queryKey: opsKeys.accounts(asked),
    queryFn: ({ signal }) => findAccounts(asked, signal),
    placeholderData: (before) => before,
  });
  const rows = accounts.data?.accounts;
  return (
    <Card
      title="Accounts"
      description="By a part of the address, or by the whole id; without either the newest."
      testId="accounts"
      action={
        <Input
          type="search"
          aria-label="Find an account"
          placeholder="Address or id"
          data-testid="accounts-words"
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
      }
    >
      {rows === undefined ? (
        <CardWait query={accounts} what="the accounts" />
      ) : rows.length === 0 ? (
        <div className="border-t border-line">
          <PanelState icon={Search} title="No account is called so" />
        </div>
      ) : (
        <Rows label="Accounts">
          {rows.map((row) => (
            <Row
              key={row.userId}
              testId="account-row"
              title={
                <>
                  <Link to={`/ops/accounts/${row.userId}`} data-testid="account-open" className="text-accent hover:underline">
                    {row.email}
                  </Link>
                  {row.role === 'operator' && <Badge>operator</Badge>}
                  {row.haltedSince !== null && <Badge tone="warn">halted</Badge>}
                </>
              }
              action={row.balance !== null && <span className="text-sm text-ink">{formatUsd(row.balance)}</span>}
            >
              since <TimeAgo at={row.createdAt} />
              {!row.verified && ' · not verified'}
            </Row>
          ))}
        </Rows>
      )}
    </Card>
  );
}

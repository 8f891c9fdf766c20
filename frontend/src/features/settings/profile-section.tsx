import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { toast } from 'sonner';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import type { Me } from '@/lib/api/types';
import { queryKeys } from '@/lib/queries';
import { refreshSession } from '@/lib/session/refresh';
import { formatDay } from '@/lib/time';
import { Card, Row, Rows } from '@/components/card';
import { ChangeEmail } from './change-email';
import { MeCard } from './me-card';

export function ProfileSection() {
  return <MeCard title="Profile">{(me) => <Profile me={me} />}</MeCard>;
}

function Profile({ me }: { me: Me }) {
  const client = useQueryClient();
  const [isChanging, setChanging] = useState(false);
  const close = () => setChanging(false);
  const changed = (email: string) => {
    close();
    toast.success('Your e-mail address is changed', { description: `You sign in with ${email} from now on.` });
    // The page's session knows the address too.
    void refreshSession();
    void client.invalidateQueries({ queryKey: queryKeys.me });
  };
  return (
    <Card title="Profile" description="Who you are to this desk.">
      <Rows label="Profile">
        <Row
          testId="profile-email"
          title={
            <>
              <span className="wrap-anywhere">{me.email}</span>
              <Badge tone={me.verified ? 'long' : 'warn'}>{me.verified ? 'Confirmed' : 'Not confirmed'}</Badge>
            </>
          }
          action={
            <span className="flex shrink-0 gap-2 max-sm:flex-col">
              {me.needsVerification && (
                <Link
                  to="/verify-email"
                  className="flex h-9 items-center rounded-md bg-accent px-3.5 text-sm font-medium text-on-accent hover:bg-accent/90"
                >
                  Confirm
                </Link>
              )}
              {me.mail && (
                <Button data-testid="change-email" onClick={() => setChanging(true)}>
                  Change
                </Button>
              )}
            </span>
          }
        >
          {me.mail
            ? 'You sign in with it, and security messages go to it.'
            : 'You sign in with it. This desk sends no mail, so it can’t be confirmed or changed.'}
        </Row>
        <Row title="Member since">{formatDay(me.createdAt)}</Row>
        {me.role !== 'trader' && <Row title="Role">{me.role}</Row>}
      </Rows>
      {isChanging && <ChangeEmail me={me} onDone={changed} onClose={close} />}
    </Card>
  );
}

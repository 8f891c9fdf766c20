import { Record } from './record';

export function RecordPage() {
  return <Record />;
}

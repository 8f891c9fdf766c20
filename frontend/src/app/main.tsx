import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { SessionKeeper } from '@/lib/session/keeper';
import { App } from './app';
import './styles.css';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
new SessionKeeper().start();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { MemoryRouter, Route, Routes, useLocation } from 'react-router';

function Elsewhere() {
  const { pathname, state } = useLocation() as { pathname: string; state: unknown };
  return (
    <p data-testid="elsewhere" data-state={JSON.stringify(state)}>
      {pathname}
    </p>
  );
}

/** Shows a page under its path; any other path that it leads to is told by `elsewhere`. */
export function showPage(page: ReactNode, at: string | { pathname: string; search?: string; state?: unknown } = '/here') {
  const path = typeof at === 'string' ? at : at.pathname;
  return render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <MemoryRouter initialEntries={[at]}>
        <Routes>
          <Route path={path} element={page} />
          <Route path="*" element={<Elsewhere />} />
        </Routes>
      </MemoryRouter>
    </QueryClientProvider>,
  );
}

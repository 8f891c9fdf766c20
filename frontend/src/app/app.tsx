import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Toaster } from 'sonner';
import { ApiError } from '@/lib/api/errors';
import { sessionStore, useSession } from '@/lib/stores/session';
import { useTheme } from '@/lib/stores/theme';
import { Router } from './router';
import { Splash } from './splash';

const READ_RETRIES = 2;

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // What the server has refused once it refuses again; only its troubles and the network's pass.
      retry: (failures, error) => failures < READ_RETRIES && !(error instanceof ApiError && error.status < 500),
      refetchOnWindowFocus: false,
    },
  },
});

// What one trader was shown must not flash up for the next one on the same page.
sessionStore.subscribe((state, before) => {
  if (state.userId !== before.userId) queryClient.clear();
});

export function App() {
  const { theme } = useTheme();
  const isKnown = useSession((state) => state.status !== 'unknown');
  return (
    <QueryClientProvider client={queryClient}>
      {isKnown ? <Router /> : <Splash />}
      {/* Over the chart, the one place where they cover nothing that is clicked. */}
      <Toaster
        theme={theme}
        position="top-center"
        closeButton
        expand
        visibleToasts={3}
        offset={{ top: 116 }}
        mobileOffset={{ top: 8 }}
      />
    </QueryClientProvider>
  );
}

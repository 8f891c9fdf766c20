import { Moon, Sun } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { useTheme } from '@/lib/stores/theme';

export function ThemeToggle() {
  const { theme, toggle } = useTheme();
  const Icon = theme === 'dark' ? Sun : Moon;
  return (
    <Button
      variant="ghost"
      size="icon"
      aria-label={theme === 'dark' ? 'Use the light theme' : 'Use the dark theme'}
      data-testid="theme-toggle"
      onClick={toggle}
    >
      <Icon aria-hidden className="size-4.5" />
    </Button>
  );
}

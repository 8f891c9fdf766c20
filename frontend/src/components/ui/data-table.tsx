import type { ComponentProps, ReactNode } from 'react';
import { cn } from '@/lib/cn';

export interface Column {
  title: string;
  /** Figures stand right, words left. */
  align?: 'left' | 'right';
  /** A width class; columns without one share the rest. */
  width?: string;
}

interface DataTableProps {
  columns: readonly Column[];
  caption: string;
  testId: string;
  children: ReactNode;
}

/**
 * A table from 768 px up; below it every row is a card of labelled cells, because ten columns don't fit a phone.
 * Columns keep their width: they must not twitch with every price.
 */
export function DataTable({ columns, caption, testId, children }: DataTableProps) {
  return (
    <table data-testid={testId} className="w-full text-left text-xs max-md:block md:min-w-[56rem] md:table-fixed">
      <caption className="sr-only">{caption}</caption>
      <thead className="sticky top-0 z-10 bg-surface max-md:hidden">
        <tr>
          {columns.map(({ title, align, width }) => (
            <th
              key={title}
              scope="col"
              className={cn('px-3 py-2 font-normal whitespace-nowrap text-ink-faint', align === 'right' && 'text-right', width)}
            >
              {title === '' ? <span className="sr-only">Actions</span> : title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="max-md:block">{children}</tbody>
    </table>
  );
}

export function DataRow({ className, ...props }: ComponentProps<'tr'>) {
  return (
    <tr
      className={cn(
        'border-t border-line transition-colors md:hover:bg-raised',
        'max-md:first:border-t-0 max-md:grid max-md:grid-cols-3 max-md:gap-x-3 max-md:gap-y-2.5 max-md:px-4 max-md:py-3.5',
        className,
      )}
      {...props}
    />
  );
}

interface DataCellProps extends ComponentProps<'td'> {
  /** Shown above the value on a card; without it the cell carries its own words. */
  label?: string;
  align?: 'left' | 'right';
}

export function DataCell({ label, align, className, children, ...props }: DataCellProps) {
  return (
    <td
      className={cn('whitespace-nowrap max-md:block md:h-10 md:px-3', align === 'right' && 'md:text-right', className)}
      {...props}
    >
      {label !== undefined && <span className="block text-2xs text-ink-faint md:hidden">{label}</span>}
      {children}
    </td>
  );
}

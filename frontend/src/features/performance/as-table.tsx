import { useState } from 'react';

interface AsTableProps {
  caption: string;
  heads: readonly string[];
  rows: readonly (readonly string[])[];
}

/** The same figures as a picture's, to be read: made when it is opened. */
export function AsTable({ caption, heads, rows }: AsTableProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="text-xs" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="inline-flex min-h-6 cursor-pointer items-center rounded text-ink-faint hover:text-ink">As a table</summary>
      {isOpen && (
        <div className="max-h-56 overflow-y-auto rounded-md border border-line" tabIndex={0} role="region" aria-label={caption}>
          <table className="w-full text-left">
            <caption className="sr-only">{caption}</caption>
            <thead className="sticky top-0 bg-raised text-ink-faint">
              <tr>
                {heads.map((head, column) => (
                  <th key={head} scope="col" className={`px-3 py-1.5 font-normal ${column > 0 ? 'text-right' : ''}`}>
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((cells, number) => (
                // Rows have no name of their own and are never moved about.
                <tr key={number} className="border-t border-line">
                  {cells.map((cell, column) => (
                    <td key={column} className={`px-3 py-1 ${column > 0 ? 'text-right' : ''}`}>
                      {cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}

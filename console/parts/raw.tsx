import SpaceBetween from '@cloudscape-design/components/space-between';
import { Copy } from './copy.tsx';

/** A text as it is, or any other value as JSON, to read and to copy. */
export function Raw({ value, label }: { value: unknown; label: string }) {
  const text = typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? 'none');
  return (
    <SpaceBetween size="xs">
      <Copy label="Copy" text={text} />
      <section className="raw" aria-label={label}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
        <pre tabIndex={0}>{text}</pre>
      </section>
    </SpaceBetween>
  );
}

/** Keyboard shortcuts: one list serves the keys and the help. */
import Box from '@cloudscape-design/components/box';
import Modal from '@cloudscape-design/components/modal';
import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { usePreferences } from './preferences.ts';

const PLACES = { j: '/jobs', a: '/aborts', s: '/servers', f: '/features', n: '/submit' } as const;
const HELP = [
  ['/', 'search or filter'],
  ['g j', 'jobs'],
  ['g a', 'aborts'],
  ['g s', 'servers'],
  ['g f', 'features'],
  ['g n', 'submit a job'],
  ['j, k', 'next or previous row'],
  ['x', 'select the row'],
  ['Enter', 'open the row'],
  ['p', 'pause or go on refreshing'],
  ['?', 'this help'],
] as const;
/** After `g`, the next key must come within this time. */
const SEQUENCE_MS = 1_500;

/** Listens to the shortcuts on every page, unless the reader has switched them off. */
export function Shortcuts() {
  const [, navigate] = useLocation();
  const [preferences, change] = usePreferences();
  const [isHelpOpen, setHelpOpen] = useState(false);
  useEffect(() => {
    if (!preferences.shortcuts) return;
    let goneAtMs = 0;
    const act: Record<string, () => void> = {
      '/': () => document.querySelector<HTMLElement>('input[type=search], main input')?.focus(),
      '?': () => setHelpOpen(true),
      p: () => change({ refreshing: !preferences.refreshing }),
      j: () => moveRow(1),
      k: () => moveRow(-1),
      x: () => currentRow()?.querySelector<HTMLElement>('input[type=checkbox], input[type=radio]')?.click(),
    };
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      const isGoing = Date.now() - goneAtMs < SEQUENCE_MS;
      goneAtMs = event.key === 'g' ? Date.now() : 0;
      const place = isGoing ? placeOf(event.key) : undefined;
      const chosen = place === undefined ? act[event.key] : () => navigate(place);
      if (!chosen) return;
      event.preventDefault();
      chosen();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [preferences, change, navigate]);
  return (
    <Modal visible={isHelpOpen} onDismiss={() => setHelpOpen(false)} header="Keyboard shortcuts">
      <dl>
        {HELP.map(([keys, what]) => (
          <div key={keys}>
            <dt style={{ display: 'inline-block', width: '6em' }}>
              <Box variant="code">{keys}</Box>
            </dt>
            <dd style={{ display: 'inline', margin: 0 }}>{what}</dd>
          </div>
        ))}
      </dl>
      <Box variant="p">They can be switched off in the menu of your name.</Box>
    </Modal>
  );
}

function isTyping({ target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey) return true;
  return (
    target instanceof HTMLElement && target.matches('input:not([type=checkbox]), textarea, select, [contenteditable]')
  );
}

function placeOf(key: string): string | undefined {
  return Object.entries(PLACES).find(([each]) => each === key)?.[1];
}

/** The row that has the focus. */
function currentRow(): Element | undefined {
  return document.activeElement?.closest('main tbody tr') ?? undefined;
}

function moveRow(by: 1 | -1): void {
  const rows = [...document.querySelectorAll('main tbody tr')];
  const at = rows.indexOf(currentRow() ?? document.body);
  const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))];
  const target = next?.querySelector<HTMLElement>('a[href]') ?? next?.querySelector<HTMLElement>('input, button');
  target?.focus();
}

import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { type ComponentType, useEffect, useState } from 'react';

/**
 * A page whose code is loaded when it is first shown. It shows as soon as that is there: what React's `Suspense` reveals
 * waits up to 300 ms longer.
 */
export function loadLater<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let Loaded: ComponentType<Props> | undefined;
  // biome-ignore lint/correctness/noComponentHookFactories: called once for each page, when its module loads.
  return function Later(props: Props) {
    const [state, setState] = useState<'loading' | 'loaded' | 'failed'>('loading');
    useEffect(() => {
      load().then(
        (component) => {
          Loaded = component;
          setState('loaded');
        },
        () => setState('failed'),
      );
    }, []);
    if (Loaded) return <Loaded {...props} />;
    return state === 'failed' ? <Gone /> : 'Loading…';
  };
}

/** After a deployment the files of the one before are gone. */
function Gone() {
  return (
    <Alert
      type="info"
      header="This page cannot be loaded"
      action={<Button onClick={() => location.reload()}>Reload the console</Button>}
    >
      The console may have been renewed, or you may be offline.
    </Alert>
  );
}

import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';

/** A button that copies the text. */
export function Copy({ label, text }: { label: string; text: string }) {
  return (
    <CopyToClipboard
      copyButtonText={label}
      copySuccessText="Copied"
      copyErrorText="The browser did not let the page copy"
      textToCopy={text}
    />
  );
}

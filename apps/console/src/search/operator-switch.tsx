import { navigate } from '../router.js';
import { formatSearchUrl, type SearchUrl } from './search-url.js';

const CHOICES = [
  { operator: 'or', label: 'Any word' },
  { operator: 'and', label: 'All words' },
] as const;

/** Whether a document must hold one of the words or all of them. */
export function OperatorSwitch({ url }: { url: SearchUrl }) {
  return (
    <fieldset class="segmented">
      <legend class="visually-hidden">Match</legend>
      {CHOICES.map(({ operator, label }) => (
        <label key={operator}>
          <input
            type="radio"
            name="operator"
            value={operator}
            checked={url.operator === operator}
            onChange={() => navigate(formatSearchUrl({ ...url, operator, page: 1 }))}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}

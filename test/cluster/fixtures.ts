import type { Document } from '@shoal/contracts';
import type { Api } from './api.ts';

const FISH = ['whale', 'shark', 'herring', 'salmon', 'eel', 'ray', 'tuna', 'cod'];

/** A title that a page without escaping would run. */
export const SCRIPT_TITLE = '<script>document.title = "owned"</script><img src=x onerror="document.title=1">';

function documents(): Document[] {
  const crowd = Array.from({ length: 320 }, (_, at) => ({
    id: `fish-${at}`,
    title: `${FISH[at % FISH.length]} number ${at}`,
    text: `It is swimming in tank ${at % 7}, and has swum there for ${at} days.`,
  }));
  return [
    ...crowd,
    {
      id: 'great',
      title: 'Great white shark',
      text: 'The largest of the sharks that hunt.',
      url: 'https://example.org/',
    },
    { id: 'script', title: SCRIPT_TITLE, text: 'A markup document about injection.' },
  ];
}

/** Stores some hundred documents, also repeatedly. @returns their number, once all are searchable */
export async function storeFixtures(api: Api): Promise<number> {
  const all = documents();
  await api.bulk(all.map((document) => JSON.stringify(document)).join('\n'));
  await api.settled(all.length);
  return all.length;
}

import type { Document } from '@shoal/contracts';
import type { Api } from './api.ts';

const FISH = ['whale', 'shark', 'herring', 'salmon', 'eel', 'ray', 'tuna', 'cod'];

/** A title that a careless page would run. */
export const SCRIPT_TITLE = '<script>document.title = "owned"</script><img src=x onerror="document.title=1">';

function aquarium(): Document[] {
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

/** Stores some hundred documents, for tests that need something to look at. @returns how many, once all can be found */
export async function stock(api: Api): Promise<number> {
  const documents = aquarium();
  await api.bulk(documents.map((document) => JSON.stringify(document)).join('\n'));
  await api.settled(documents.length);
  return documents.length;
}

import { useStore } from '../../app/store.js';
import { Name } from '../../parts/name.js';
import { useFormat, useTexts } from '../../texts/index.js';
import { ChoiceField } from './choice-field.js';
import type { FileLoad } from './file-load.js';
import type { FileColumn } from './import-answer.js';

const ID_TYPES = ['MAPPING_ID', 'SID', 'ALIAS', 'VALUE', 'KEY_VALUE', 'URL'] as const;

/** The encodings that a person may know that a file has. */
const ENCODINGS = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'macroman',
  'windows-1250',
  'windows-1251',
  'windows-1253',
  'windows-1254',
  'windows-1255',
  'windows-1256',
  'windows-1257',
  'windows-1258',
  'windows-874',
  'iso-8859-2',
  'iso-8859-5',
  'iso-8859-7',
  'iso-8859-15',
  'koi8-r',
  'shift-jis',
  'iso-2022-jp',
  'euc-jp',
  'gbk',
  'big5',
  'euc-kr',
];

/** Columns that are not used are listed up to this number of columns. */
const MAX_COLUMNS = 24;

interface ReadingOptionsProps {
  readonly load: FileLoad;
  /** Whether the file was refused because it says that it is of another destination. */
  readonly isForceOffered: boolean;
}

/** How the file was read, and what a person can say about that. Each choice is tried at once. */
export function ReadingOptions({ load, isForceOffered }: ReadingOptionsProps) {
  const { load: texts, parts } = useTexts();
  const { header, choices, isHeaderUnclear } = useStore(load.state);
  const {
    idColumn: chosenIds,
    nameColumn: chosenNames,
    idType: chosenType,
    encoding: chosenEncoding,
  } = choices;
  const isChosen = [chosenIds, chosenNames, chosenType, chosenEncoding].some((choice) => choice !== null);
  const columns = header?.columns ?? [];
  const titles = [...new Set(columns.map(({ title }) => title))].filter((title) => title.trim() !== '');
  const sheets = header?.sheets ?? [];
  return (
    <section class="card load-options" aria-labelledby="load-how">
      <h3 id="load-how">{texts.how}</h3>
      {sheets.length > 1 && (
        <div class="load-choices">
          <ChoiceField
            label={texts.sheet}
            value={choices.sheet ?? header?.sheet ?? null}
            options={sheets.map((name) => [name, name])}
            onChange={(sheet) => load.setChoices({ sheet, idColumn: null, nameColumn: null })}
          />
        </div>
      )}
      {columns.some(({ use }) => use !== null) && <Columns columns={columns} />}
      <details class="load-further" open={isHeaderUnclear || isChosen}>
        <summary>{texts.differently}</summary>
        <div class="load-choices">
          {titles.length > 0 && (
            <>
              <ChoiceField
                label={texts.idColumn}
                none={texts.automatic}
                value={choices.idColumn}
                options={titles.map((title) => [title, title])}
                onChange={(idColumn) => load.setChoices({ idColumn })}
              />
              <ChoiceField
                label={texts.nameColumn}
                none={texts.automatic}
                value={choices.nameColumn}
                options={titles.map((title) => [title, title])}
                onChange={(nameColumn) => load.setChoices({ nameColumn })}
              />
            </>
          )}
          <ChoiceField
            label={texts.idType}
            none={texts.idTypeAutomatic}
            value={choices.idType}
            options={ID_TYPES.map((type) => [type, parts.idType[type]])}
            onChange={(idType) => load.setChoices({ idType })}
          />
          {header?.sheet === null && (
            <ChoiceField
              label={texts.encoding}
              none={texts.encodingAutomatic}
              value={choices.encoding}
              options={ENCODINGS.map((name) => [name, name])}
              onChange={(encoding) => load.setChoices({ encoding })}
            />
          )}
        </div>
      </details>
      {(isForceOffered || choices.force) && (
        <label class="load-check">
          <input
            type="checkbox"
            checked={choices.force}
            onChange={({ currentTarget }) => load.setChoices({ force: currentTarget.checked })}
          />
          <span>
            {texts.force}
            <span class="load-check-text">{texts.forceText}</span>
          </span>
        </label>
      )}
      <Modes load={load} />
    </section>
  );
}

/** What each column was taken for. */
function Columns({ columns }: { readonly columns: readonly FileColumn[] }) {
  const { load } = useTexts();
  const format = useFormat();
  const isShown = ({ use }: FileColumn, index: number): boolean => use !== null || index < MAX_COLUMNS;
  const shown = columns.filter(isShown);
  const more = columns.length - shown.length;
  return (
    <>
      <ul class="load-columns" aria-label={load.columns}>
        {shown.map(({ title, use }, index) => (
          <li key={index} class="load-column" data-used={use !== null}>
            <span class="load-column-title">
              <Name text={title.trim() === '' ? '–' : title} longest={40} />
            </span>
            <span class="load-column-use">{use === null ? load.unused : load.use[use]}</span>
          </li>
        ))}
      </ul>
      {more > 0 && <p class="small muted">{load.moreColumns(more, format.number(more))}</p>}
    </>
  );
}

/** What becomes of names that are not in the file. */
function Modes({ load }: { readonly load: FileLoad }) {
  const { load: texts } = useTexts();
  const { choices } = useStore(load.state);
  return (
    <fieldset class="load-modes">
      <legend class="field-label">{texts.mode}</legend>
      {(['MERGE', 'REPLACE'] as const).map((mode) => (
        <label key={mode} class="load-check">
          <input
            type="radio"
            name="load-mode"
            checked={choices.mode === mode}
            onChange={() => load.setChoices({ mode })}
          />
          <span>
            {texts.modes[mode].title}
            <span class="load-check-text">{texts.modes[mode].text}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Functions, aggregations and words of PromQL that the alerts and the dashboard use. */
const WORDS = new Set(
  (
    'abs absent and bool by changes group_left histogram_quantile ignoring increase label_values max min min_over_time offset on ' +
    'or rate sum time topk unless without'
  ).split(' '),
);

/** What an expression uses of the metrics. */
export interface Uses {
  /** Names of series, such as those of a histogram's buckets. */
  readonly series: readonly string[];
  /** Labels by which a series is chosen. */
  readonly chosenBy: readonly { readonly series: string; readonly label: string }[];
  /** Labels by which results are grouped. */
  readonly groupedBy: readonly string[];
}

/** Takes an expression of PromQL apart. Variables of Grafana count as text. */
export function usesOf(expression: string): Uses {
  const withoutTexts = expression.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""').replaceAll(/\$\w+/g, '1m');
  const groupedBy: string[] = [];
  const withoutGroups = withoutTexts.replaceAll(
    /\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g,
    (_, list: string) => {
      groupedBy.push(...list.split(',').map((label) => label.trim()));
      return ' ';
    },
  );
  const chosenBy: { series: string; label: string }[] = [];
  const withoutChoices = withoutGroups.replaceAll(
    /([a-zA-Z_:]\w*)\s*\{([^}]*)\}/g,
    (_, series: string, list: string) => {
      for (const [, label = ''] of list.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)) chosenBy.push({ series, label });
      return ` ${series} `;
    },
  );
  const words = withoutChoices.replaceAll(/\[[^\]]*\]/g, ' ').match(/[a-zA-Z_:][\w:]*/g) ?? [];
  return { series: [...new Set(words.filter((word) => !WORDS.has(word)))], chosenBy, groupedBy };
}

import { simplify } from './header-words.js';
import type { ImportStatus } from './types.js';

/** The words of Audience Manager and of our own exports first, then those of other languages. */
const WORDS: Readonly<Record<ImportStatus, string>> = {
  ACTIVE:
    'active, 1, aktiv, actif, activo, activa, attivo, attiva, ativo, ativa, actief, aktywny, aktywna, aktywne, ' +
    'アクティブ, 有効, 活动, 有效, 启用, 已启用, 啟用, 활성, 활성화',
  INACTIVE:
    'inactive, 0, inaktiv, nicht aktiv, inactif, inactivo, inactiva, inattivo, inattiva, non attivo, inativo, inativa, ' +
    'inactief, niet actief, nieaktywny, nieaktywna, nieaktywne, 非アクティブ, 無効, 非活动, 无效, 停用, 已停用, 未启用, ' +
    '비활성, 비활성화',
  DELETED:
    'deleted, gelöscht, supprimé, supprimée, eliminado, eliminada, eliminato, eliminata, cancellato, excluído, ' +
    'excluída, verwijderd, usunięty, usunięta, usunięte, 削除済み, 削除, 已删除, 已刪除, 삭제됨, 삭제',
  UNKNOWN:
    'unknown, unbekannt, inconnu, desconocido, sconosciuto, desconhecido, onbekend, nieznany, 不明, 未知, 알 수 없음',
};

const STATUSES: ReadonlyMap<string, ImportStatus> = new Map(
  (Object.keys(WORDS) as ImportStatus[]).flatMap((status) =>
    WORDS[status].split(', ').map((word) => [simplify(word), status] as const),
  ),
);

/** The status that a word of a file means; `null` if the word is not known. */
export function statusOf(word: string): ImportStatus | null {
  return STATUSES.get(word.toLowerCase()) ?? STATUSES.get(simplify(word)) ?? null;
}

/** The words that messages propose. */
export const PROPOSED_STATUSES = 'active, 1, inactive, 0, deleted, unknown';

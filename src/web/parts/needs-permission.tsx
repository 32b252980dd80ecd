import type { ComponentChildren } from 'preact';
import { useViewer, type Permission } from '../app/app-context.js';
import { plainProblem } from '../app/problem.js';
import { ProblemNotice } from './problem-notice.js';

interface NeedsPermissionProps {
  readonly permission: Permission;
  readonly children: ComponentChildren;
}

/** Shows its content to callers with a permission. Others are told that they may not, for example at a mailed address. */
export function NeedsPermission({ permission, children }: NeedsPermissionProps) {
  const { may } = useViewer();
  return may(permission) ? <>{children}</> : <ProblemNotice problem={plainProblem('forbidden')} />;
}

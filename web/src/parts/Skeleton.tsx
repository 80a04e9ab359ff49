// Grey shapes in place of what is being loaded.

export function Skeleton({ lines, label }: { lines: number; label: string }) {
  return (
    <div class="skeleton" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_unused, index) => (
        <div key={index} class={`skeleton-line skeleton-${index % 4}`} />
      ))}
    </div>
  );
}

export function SkeletonCards({ count, label }: { count: number; label: string }) {
  return (
    <div class="cards" role="status" aria-label={label}>
      {Array.from({ length: count }, (_unused, index) => (
        <div key={index} class="card skeleton-card">
          <div class="skeleton-line skeleton-1" />
          <div class="skeleton-line skeleton-3" />
          <div class="skeleton-line skeleton-0" />
          <div class="skeleton-line skeleton-2" />
        </div>
      ))}
    </div>
  );
}

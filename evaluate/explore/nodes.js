// Which elements write the same nodes of a tree. A node is its path from the root, e.g. "r.0.1".

// Those of `elements` that write one of `nodes`; where none does, because a notation knows no finer than a
// term, or than a part of one, those that write what holds such a node or is held by it. `of`: the nodes that
// an element writes.
export function matching(elements, nodes, of) {
  const exact = elements.filter((element) => of(element).some((node) => nodes.includes(node)));
  if (exact.length) return exact;
  const inner = nodes.filter((node) => node !== "r"); // the root holds everything
  return elements.filter((element) =>
    of(element).some((node) => node !== "r" && inner.some((m) => related(m, node)))
  );
}

function related(node, other) {
  return below(node, other) || below(other, node);
}

function below(node, other) {
  return other === node || other.startsWith(`${node}.`);
}

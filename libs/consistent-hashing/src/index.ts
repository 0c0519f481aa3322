export { assignMembers, type MemberSituation } from './assign-members.js';
export { boundsOf, type Bounds } from './bounds.js';
export { hash32, partitionOf } from './hash.js';
export { type Placement, PLACEMENT_KINDS, type PlacementKind, placementOf } from './placement.js';
export { HashRing, type RingOptions } from './ring.js';

export { assignMembers, type MemberSituation } from './assign-members.js';
export { hash32, partitionOf } from './hash.js';
export { type Placement, PLACEMENT_KINDS, type PlacementKind, placementOf } from './placement.js';
export { boundsOf, type Bounds, HashRing, type RingOptions } from './ring.js';

/* Sizes of visits and of the engine of bit planes (generic/planes.h), the same at every level. */
#ifndef HB_PLANES_H
#define HB_PLANES_H

#define HB_AHEAD 4   /* visits between the fetch of a column and its use */
#define HB_WIDE 12   /* planes counted in one pass over the blocks: their counts and what a step needs fit 32 registers */
#define HB_ROOM 16   /* flips that the planes must leave room for, or they get one more: a look for the widest costs two flips */
#define HB_DRIFT 32  /* flips between two looks for the widest overlap */
#define HB_DOUBT 0.5 /* of the largest gain: what flips that wait may change */
#define HB_GROUP 10  /* planes of Q between two tests for an early decision: a test costs a sum across lanes */
#define HB_BATCH 8   /* flips that are made together at most */
#endif

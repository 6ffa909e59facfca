/** What metadata is made of, and what filters compare it with. */
export type JSONValue = null | boolean | number | string | JSONValue[] | { [name: string]: JSONValue };

/** A vector's own members: what comes back with a result, and what filters look into. */
export type Metadata = { [name: string]: JSONValue };

/** What a field of the metadata is compared with. All of it must hold. */
export interface Comparison {
  $eq?: JSONValue;
  $ne?: JSONValue;
  $in?: JSONValue[];
  /** Holds also where the field is missing. */
  $nin?: JSONValue[];
  $gt?: number | string;
  $gte?: number | string;
  $lt?: number | string;
  $lte?: number | string;
  $exists?: boolean;
}

/** A value means `$eq`. */
export type Condition = null | boolean | number | string | Comparison;

/**
 * Which vectors a search may find, by their metadata: fields that must all match, or filters that are joined.
 * Dotted names reach into objects; a field that holds an array is met by each of its elements.
 *
 *     { source: "a.pdf", page: { $gte: 3 } }
 *     { $or: [{ tags: "red" }, { $not: { "author.name": { $exists: true } } }] }
 */
export type Filter = Fields | { $and: Filter[] } | { $or: Filter[] } | { $not: Filter };

/** A name that begins with `$` is an operator's: a misspelt one does not compile. */
export interface Fields {
  [field: string]: Condition;
  [operator: `$${string}`]: never;
}

/** The words that a blueprint can name besides those of a destination, for editors. It must not know HTTP. */
import { TRANSFORMS } from '../../blueprint/index.ts';

/** Every transform, in the order of the table. */
export function vocabulary() {
  return {
    transforms: [...TRANSFORMS.values()].map(({ name, doc, accepts, gives, format }) => ({
      name,
      description: doc,
      accepts,
      gives,
      ...(format === undefined
        ? {}
        : { format: { description: format.doc, required: format.required === true } }),
    })),
  };
}

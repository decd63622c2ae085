/** Amounts in a currency's minor units, as orders carry them. It must not know orders. */
import { PayloadValidationError } from '../../destination/errors.ts';

/** ISO 4217: currencies whose minor unit is not a hundredth. The vendor speaks of cents only; this is our reading of it. */
const EXPONENTS: Readonly<Record<string, number>> = {
  ...exponents(0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'),
  ...exponents(3, 'BHD IQD JOD KWD LYD OMR TND'),
};
const USUAL_EXPONENT = 2;

function exponents(exponent: number, currencies: string): Record<string, number> {
  return Object.fromEntries(currencies.split(' ').map((currency) => [currency, exponent]));
}

/** Three letters, as the vendor takes them. */
export function currencyOf(given: string): string {
  const currency = given.trim().toUpperCase();
  if (!/^[A-Z]{3}$/.test(currency))
    throw new PayloadValidationError('currency must be a code of three letters, such as EUR.');
  return currency;
}

/** Whole minor units, halves up, by decimal places and not by binary fractions: 1.005 is 101 hundredths. Below nothing is nothing. */
export function minorUnits(amount: number, currency: string): number {
  const exponent = Object.hasOwn(EXPONENTS, currency) ? EXPONENTS[currency] : undefined;
  const units = Math.round(Number(`${amount}e${exponent ?? USUAL_EXPONENT}`));
  if (!Number.isSafeInteger(units)) throw new PayloadValidationError('An amount is too large or too small.');
  return Math.max(0, units);
}

import type { DetailedHTMLProps, HTMLAttributes } from 'react'
import type { KeptInsights } from './kept.js'

type Props = DetailedHTMLProps<HTMLAttributes<KeptInsights>, KeptInsights> & {
  theme?: 'light' | 'dark' | 'auto'
  analyses?: string | string[]
  src?: string
}
declare module 'react' {
  namespace JSX {
    interface IntrinsicElements { 'kept-insights': Props }
  }
}
export {}
